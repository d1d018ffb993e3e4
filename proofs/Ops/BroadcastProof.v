(* Broadcast's cotangent: the sum over the added and stretched axes, transposed to the operand's order,
   reshaped to its size-1 axes. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve.
From Pullback Require Import Base.Axes Ops.Source Ops.Gather Ops.TemplateProof Ops.ShapeProof.
Import ListNotations.
Open Scope R_scope.

(* ---- chains: instructions of one operand each, where they change something ---- *)
(* The chain's last value has type t and equals f. *)
Definition holds (L : list tensor) (c : chain) (t : ty) (f : tensor) : Prop :=
  snd (snd c) = t /\ leaves (fst c, fst (snd c)) (snd t) L f.
Lemma holds_link L (changes : bool) o c t t' (f f' : tensor) : length L = 3%nat -> holds L c t f ->
  (changes = true -> forall x : tensor, (forall i, inb (snd t) i = true -> x i = f i) ->
     forall i, inb (snd t') i = true -> sem Rscal o [t] t' [x] i = f' i) ->
  (changes = false -> t' = t /\ forall i, inb (snd t) i = true -> f i = f' i) ->
  holds L (link_if changes o t' c) t' f'.
Proof.
  intros HL [E [H1 H2]] Yes No. destruct c as [tm [k t0]]. simpl in *. subst t0. destruct changes; simpl.
  - split; auto. split; simpl.
    + rewrite app_length; simpl; lia.
    + intros i Hi. rewrite teval_app.
      replace (S (S (S (length tm)))) with (length (teval tm L)) by (rewrite teval_length; lia).
      change (teval [T o [k] [t] t'] (teval tm L)) with (tstep (teval tm L) (T o [k] [t] t')).
      rewrite nth_tstep. apply Yes; auto.
  - destruct (No eq_refl) as [-> Hf]. split; auto. split; auto. intros i Hi. simpl. rewrite <- Hf; auto.
Qed.

(* ---- the operand's coordinates at the kept axes ---- *)
(* The entries of l whose result axis is kept. *)
Definition squeeze (keep : Z -> bool) (dims l : list Z) : list Z :=
  map snd (filter (fun p => keep (fst p)) (combine dims l)).

Section Squeeze.
Variables (s : shape) (keep : Z -> bool).
(* A kept axis has the result's extent, any other has extent 1. *)
Definition fitting (dims si : list Z) : Prop :=
  length dims = length si /\ in_axes (rank s) dims /\
  forall a d, In (a, d) (combine dims si) -> if keep a then d = znth s a else d = 1%Z.
Lemma fitting_cons a dims d si : fitting (a :: dims) (d :: si) ->
  (0 <= a < rank s)%Z /\ (if keep a then d = znth s a else d = 1%Z) /\ fitting dims si.
Proof.
  intros (L & R & H). split; [|split].
  - apply R; simpl; auto.
  - apply H; simpl; auto.
  - split; [|split]; simpl in L; auto.
    + intros b Hb; apply R; simpl; auto.
    + intros b z Hb; apply H; simpl; auto.
Qed.
Lemma squeeze_cons a dims z l :
  squeeze keep (a :: dims) (z :: l) = if keep a then z :: squeeze keep dims l else squeeze keep dims l.
Proof. unfold squeeze. cbn [combine filter fst]. destruct (keep a); auto. Qed.

Lemma squeeze_shape dims si : fitting dims si -> squeeze keep dims si = pick (filter keep dims) s.
Proof.
  revert si; induction dims as [|a dims IH]; intros [|d si] F; auto; try (destruct F; discriminate).
  apply fitting_cons in F as (_ & E & F). rewrite squeeze_cons. cbn [filter].
  destruct (keep a); cbn [pick map]; rewrite IH; subst; auto.
Qed.
Lemma squeeze_inb dims si i : fitting dims si -> inb si i = true ->
  inb (squeeze keep dims si) (squeeze keep dims i) = true.
Proof.
  revert si i; induction dims as [|a dims IH]; intros [|d si] [|z i] F H; auto;
    try (destruct F; discriminate); try discriminate.
  apply fitting_cons in F as (_ & E & F). apply inb_cons in H as [Hz H]. rewrite !squeeze_cons.
  destruct (keep a); [apply inb_cons|]; auto.
Qed.
Lemma squeeze_numel dims si : fitting dims si -> numel (squeeze keep dims si) = numel si.
Proof.
  revert si; induction dims as [|a dims IH]; intros [|d si] F; auto; try (destruct F; discriminate).
  apply fitting_cons in F as (_ & E & F). rewrite squeeze_cons, numel_cons.
  destruct (keep a); [rewrite numel_cons|]; rewrite IH by auto; auto. subst d; ring.
Qed.
(* Dropping axes of extent 1 keeps row-major positions. *)
Lemma squeeze_ravel dims si i : fitting dims si -> inb si i = true ->
  ravel (squeeze keep dims si) (squeeze keep dims i) = ravel si i.
Proof.
  revert si i; induction dims as [|a dims IH]; intros [|d si] [|z i] F H; auto;
    try (destruct F; discriminate); try discriminate.
  apply fitting_cons in F as (_ & E & F). apply inb_cons in H as [Hz H]. rewrite !squeeze_cons.
  rewrite ravel_cons by (apply inb_length; auto). pose proof (squeeze_inb dims si i F H) as Q.
  destruct (keep a).
  - rewrite ravel_cons by (apply inb_length; auto). rewrite squeeze_numel, IH; auto.
  - rewrite IH by auto. subst d. replace z with 0%Z by lia. ring.
Qed.
(* Result index o is a copy of operand index i exactly if they agree along the kept axes. *)
Lemma squeeze_copies dims si i o : fitting dims si -> inb si i = true -> inb s o = true ->
  squeeze keep dims i = pick (filter keep dims) o <-> i = broadcast_source si dims o.
Proof.
  intros F H Ho. revert si i F H; induction dims as [|a dims IH]; intros [|d si] [|z i] F H;
    try (destruct F; discriminate); try discriminate.
  - unfold broadcast_source, squeeze; simpl. tauto.
  - apply fitting_cons in F as (Ha & E & F). apply inb_cons in H as [Hz H]. specialize (IH si i F H).
    rewrite squeeze_cons. unfold broadcast_source in *. cbn [combine map filter fst snd].
    pose proof (inb_at s o a Ho Ha). destruct (keep a); cbn [pick map].
    + assert (Z : z = znth o a <-> z = if (d =? 1)%Z then 0%Z else znth o a)
        by (destruct (Z.eqb_spec d 1); lia).
      split; intros Q; apply cons_eq in Q as [Q1 Q2]; f_equal; tauto.
    + subst d. simpl (1 =? 1)%Z. cbv iota. split; intros Q.
      * f_equal; [lia|tauto].
      * apply cons_eq in Q as [_ Q]. tauto.
Qed.
Lemma broadcast_source_inb dims si o : fitting dims si -> inb s o = true ->
  inb si (broadcast_source si dims o) = true.
Proof.
  intros F Ho. revert si F.
  induction dims as [|a dims IH]; intros [|d si] F; auto; try (destruct F; discriminate).
  apply fitting_cons in F as (Ha & E & F). unfold broadcast_source in *. cbn [combine map fst snd].
  apply inb_cons. split; auto. pose proof (inb_at s o a Ho Ha).
  destruct (Z.eqb_spec d 1); [lia|]. destruct (keep a); lia.
Qed.
End Squeeze.

(* ---- the kept axes ---- *)
Section Kept.
Variables (s si : shape) (dims : axes).
Hypothesis L : length dims = length si.
Hypothesis R : in_axes (rank s) dims.
Hypothesis N : NoDup dims.
Hypothesis Fit : forall k, axis_of si k -> znth si k = 1%Z \/ znth si k = znth s (znth dims k).
Let K : axes := other_axes (rank s) (summed_axes s si dims).
Let P : axes := filter (fun a => memz a K) dims.
Let p : axes := kept_permutation K dims.

Lemma in_stretched a : In a (stretched_axes s si dims) <-> In (1%Z, a) (combine si dims) /\ znth s a <> 1%Z.
Proof.
  unfold stretched_axes. rewrite in_map_iff. split.
  - intros ([d b] & <- & H). apply filter_In in H as [H E]. apply andb_prop in E as [E1 E2]. simpl in *.
    apply Z.eqb_eq in E1; subst d. apply negb_true_iff, Z.eqb_neq in E2. auto.
  - intros [H E]. exists (1%Z, a). split; auto. apply filter_In. split; auto. simpl.
    apply negb_true_iff, Z.eqb_neq; auto.
Qed.
(* A kept axis was neither added nor stretched. *)
Lemma in_kept a : In a K <-> In a dims /\ ~ In a (stretched_axes s si dims).
Proof.
  unfold K. rewrite in_other_axes. unfold summed_axes. rewrite in_app_iff, in_other_axes. split.
  - intros [Ha H]. destruct (in_dec Z.eq_dec a dims); tauto.
  - intros [Ha H]. pose proof (R a Ha). tauto.
Qed.
Lemma combine_znth a d : In (a, d) (combine dims si) ->
  exists k, axis_of si k /\ a = znth dims k /\ d = znth si k.
Proof.
  intros H. apply (In_nth _ _ (0, 0)%Z) in H as (n & Hn & E). rewrite combine_length, L, Nat.min_id in Hn.
  rewrite combine_nth in E by auto. exists (Z.of_nat n). unfold axis_of, znth. rewrite Nat2Z.id.
  injection E as <- <-. splits; auto; lia.
Qed.
Lemma combine_swap a d : In (a, d) (combine dims si) <-> In (d, a) (combine si dims).
Proof.
  clear. revert si; induction dims as [|b l IH]; intros [|z m]; simpl; try tauto. rewrite IH.
  split; intros [H|H]; auto; left; congruence.
Qed.
Lemma combine_functional a d d' : In (a, d) (combine dims si) -> In (a, d') (combine dims si) -> d = d'.
Proof.
  intros H H'. apply combine_znth in H as (k & Hk & -> & ->). apply combine_znth in H' as (k' & Hk' & E & ->).
  f_equal. apply (znth_inj dims); auto; unfold axis_of in *; rewrite L; auto.
Qed.
Lemma kept_fitting : fitting s (fun a => memz a K) dims si.
Proof.
  split; [|split]; auto. intros a d H. destruct (memz a K) eqn:E.
  - apply memz_in, in_kept in E as [_ E]. destruct (combine_znth a d H) as (k & Hk & Ea & Ed).
    destruct (Fit k Hk) as [F|F]; [|congruence]. destruct (Z.eq_dec (znth s a) 1) as [O|O]; [congruence|].
    destruct E. apply in_stretched. split; auto. apply combine_swap. congruence.
  - apply memz_not_in in E. rewrite in_kept in E. assert (Ha : In a dims) by (eapply in_combine_l; eauto).
    destruct (in_dec Z.eq_dec a (stretched_axes s si dims)) as [S|S]; [|tauto].
    apply in_stretched in S as [S _]. apply combine_swap in S. eapply combine_functional; eauto.
Qed.
Lemma kept_range : in_axes (rank s) K.
Proof. apply other_axes_range. Qed.
Lemma in_kept_dims a : In a P <-> In a K.
Proof. unfold P. rewrite filter_In, memz_in, in_kept. tauto. Qed.
(* The operand's kept axes are a permutation of the kept result axes: p[k] is the place of the k-th. *)
Lemma kept_is_permutation : is_permutation (rank K) p.
Proof.
  unfold p, kept_permutation. fold P. split.
  - assert (G : forall l, NoDup l -> (forall a, In a l -> In a K) -> NoDup (map (fun a => indexz a K) l)).
    { induction l as [|a l IH]; simpl; intros Nl I; constructor; inversion Nl; subst.
      - rewrite in_map_iff. intros (b & E & Hb). assert (a = b); [|subst; auto].
        rewrite <- (znth_indexz a K), <- (znth_indexz b K), E; auto.
      - apply IH; auto. }
    apply G. apply NoDup_filter; auto. apply in_kept_dims.
  - intros k. rewrite in_map_iff. split.
    + intros (a & <- & Ha). apply indexz_range, in_kept_dims; auto.
    + intros Hk. exists (znth K k). split. apply indexz_znth; auto. apply NoDup_other_axes.
      apply in_kept_dims, znth_in; auto.
Qed.
Lemma pick_kept l : pick p (pick K l) = pick P l.
Proof.
  rewrite pick_pick by (apply permutation_axes, kept_is_permutation). f_equal.
  unfold p, kept_permutation, pick. fold P. rewrite map_map.
  rewrite (map_ext_in _ (fun a => a)). apply map_id.
  intros a Ha. apply znth_indexz, in_kept_dims; auto.
Qed.

(* The kept coordinates that operand index i asks for. *)
Definition asked (i : idx) : idx := transpose_source p (reshape_source (pick p (pick K s)) si i).
Lemma kept_shape : pick p (pick K s) = squeeze (fun a => memz a K) dims si.
Proof. rewrite pick_kept. symmetry. apply (squeeze_shape s), kept_fitting. Qed.
Lemma reshape_squeezes i : inb si i = true ->
  reshape_source (pick p (pick K s)) si i = squeeze (fun a => memz a K) dims i.
Proof.
  intros H. rewrite kept_shape. unfold reshape_source.
  rewrite <- (squeeze_ravel s _ dims si i kept_fitting H).
  apply unravel_ravel, (squeeze_inb s); auto. apply kept_fitting.
Qed.
(* Summing dy over the o whose kept coordinates are the ones i asks for is summing over i's copies. *)
Lemma asked_copies i o : inb si i = true -> inb s o = true ->
  ieqb (asked i) (pick K o) = ieqb i (broadcast_source si dims o).
Proof.
  intros Hi Ho. apply eq_true_iff_eq. rewrite !ieqb_eq.
  rewrite <- (squeeze_copies s _ dims si i o kept_fitting Hi Ho). fold P. rewrite <- pick_kept.
  unfold asked. rewrite reshape_squeezes by auto. split.
  - intros <-. rewrite pick_transpose_source; auto. unfold rank.
    rewrite (inb_length _ _ (squeeze_inb s _ dims si i kept_fitting Hi)), <- kept_shape, pick_length.
    fold (rank p). rewrite (permutation_rank (rank K)); auto using kept_is_permutation, rank_nonneg.
  - intros ->. apply transpose_source_pick. rewrite rank_pick. apply kept_is_permutation.
Qed.
End Kept.

(* ---- the three steps ---- *)
(* Over no axes, a sum is what it sums. *)
Lemma sum_over_nothing s x o : inb s o = true -> sum_over s (pick (zseq (rank s))) x o = x o.
Proof.
  intros H. unfold sum_over, linapp. rewrite <- (sum_delta ieqb ieqb_eq x (indices s) o).
  - apply sum_ext; intros i Hi. apply in_indices in Hi. rewrite <- (inb_rank _ _ Hi), pick_zseq.
    replace (ieqb o i) with (ieqb i o); auto. apply eq_true_iff_eq. rewrite !ieqb_eq. split; auto.
  - apply NoDup_indices.
  - apply in_indices; auto.
Qed.
(* The identity moves nothing. *)
Lemma transpose_source_identity p j : is_permutation (rank j) p -> is_identity p = true ->
  transpose_source p j = j.
Proof.
  intros P E. apply ieqb_eq in E.
  assert (R : rank p = rank j) by (apply permutation_rank; auto using rank_nonneg).
  rewrite <- (pick_zseq j) at 1. rewrite <- R, <- E. apply transpose_source_pick; auto.
Qed.
Lemma pick_identity n p l : rank l = n -> is_permutation n p -> is_identity p = true -> pick p l = l.
Proof.
  intros <- P E. apply ieqb_eq in E. rewrite E, (permutation_rank _ _ (rank_nonneg l) P). apply pick_zseq.
Qed.

(* dx = reshape (transpose (sum dy)) *)
Lemma broadcast_in_dim_vjp_correct s dims :
  vjp_spec (BroadcastInDim s dims) (jvp_broadcast_in_dim s dims) (ok_broadcast_in_dim s dims).
Proof.
  apply one_operand_vjp.
  { intros ats rt T. apply broadcast_in_dim_typed in T as (e & si & -> & _); eauto. }
  intros needs t rt tm outs x d dy T _ V _.
  apply broadcast_in_dim_typed in T as (e & si & E & -> & L & R & N & Fit & W). inv E.
  cbn [vjp vjp_broadcast_in_dim] in V.
  set (summed := summed_axes s si dims) in V. set (K := other_axes (rank s) summed) in V.
  set (p := kept_permutation K dims) in V.
  set (c0 := ([], (2%nat, (e, s)))) in V.
  set (c1 := link_if _ _ _ c0) in V. set (c2 := link_if _ _ _ c1) in V. set (c3 := link_if _ _ _ c2) in V.
  inv V. exists (fst (snd c3)); split; auto.
  set (env := [x; _; dy]).
  assert (P : is_permutation (rank K) p) by (apply (kept_is_permutation s si dims); auto).
  set (v1 := sum_over s (pick K) dy).
  assert (H0 : holds env c0 (e, s) dy) by (split; auto; apply leaves_nothing; simpl; auto; lia).
  assert (H1 : holds env c1 (e, pick K s) v1).
  { apply (holds_link env _ _ c0 (e, s) _ dy); auto.
    - intros _ z Hz o Ho. rewrite sem_sum_at by auto. unfold v1, K. simpl snd.
      rewrite (other_axes_ext _ _ _ (fun a => in_ascending a summed)).
      apply sum_ext; intros i Hi. apply in_indices in Hi. rewrite Hz; auto.
    - intros E. assert (EK : K = zseq (rank s)).
      { unfold K. destruct summed; [apply other_axes_none|discriminate]. }
      split. f_equal. rewrite EK. apply pick_zseq. intros i Hi. unfold v1. rewrite EK.
      symmetry. apply sum_over_nothing; auto. }
  assert (H2 : holds env c2 (e, pick p (pick K s)) (fun j => v1 (transpose_source p j))).
  { apply (holds_link env _ _ c1 (e, pick K s) _ v1); auto.
    - intros _ z Hz o Ho. rewrite sem_transpose_at by auto. apply Hz. cbn [snd] in *.
      apply transpose_source_inb; auto. rewrite rank_pick; auto.
    - intros E. apply negb_false_iff in E.
      split. f_equal. apply (pick_identity (rank K)); auto. apply rank_pick.
      intros i Hi. rewrite transpose_source_identity; auto. rewrite (inb_rank _ _ Hi). cbn [snd].
      rewrite rank_pick; auto. }
  assert (H3 : holds env c3 (e, si) (fun i => v1 (asked s si dims i))).
  { apply (holds_link env _ _ c2 (e, pick p (pick K s)) _ (fun j => v1 (transpose_source p j))); auto.
    - intros _ z Hz o Ho. rewrite sem_reshape_at by auto. apply Hz. simpl snd.
      unfold p, K, summed. rewrite (reshape_squeezes s si dims) by auto.
      rewrite (kept_shape s si dims) by auto. apply (squeeze_inb s); auto.
      apply (kept_fitting s si dims); auto.
    - intros E. apply negb_false_iff, ieqb_eq in E. split. f_equal; auto. intros i Hi.
      unfold asked. fold summed. fold K. fold p. rewrite E in *. rewrite reshape_source_same; auto. }
  destruct H3 as [_ [_ H3]]. cbn [fst snd] in *.
  change (jvp_broadcast_in_dim s dims [(e, si)] (e, s) [x] [d])
    with (fun o => d (broadcast_source si dims o)).
  rewrite (copy_adjoint s si).
  2:{ intros o Ho. eapply broadcast_source_inb; eauto. apply (kept_fitting s si dims); auto. }
  apply dotp_ext; auto. intros i Hi. rewrite H3 by auto. unfold v1, sum_over, linapp.
  apply sum_ext; intros o Ho. apply in_indices in Ho. unfold K, summed. rewrite asked_copies; auto.
Qed.
