(* The windows unrolled over their elements: what the masks of FirstMaximum are. For window element k,
     mask_k[o] = (element k of window o is the maximum, and no padding, and no earlier one is). *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Base.Axes Syntax Ops.Op Ops.Curve Ops.Builder
  Ops.BuilderProof Ops.WindowIndex Ops.WindowDeriv Ops.WindowEmit.
Import ListNotations.
Open Scope R_scope.

(* ---- the first hit ---- *)
(* The first largest of what f finds in K is at the first k in K whose element has its value. *)
Lemma find_first (f : idx -> option idx) (x : tensor) K j : argmax Rscal (found f K) x = Some j ->
  exists k, find (fun k => match f k with Some i => seqb Rscal (x i) (x j) | None => false end) K = Some k
            /\ f k = Some j.
Proof.
  intros H. apply argmax_first in H as (l1 & l2 & E & B). revert l1 E B.
  induction K as [|a K IH]; simpl; intros l1 E B; [destruct l1; discriminate|].
  fold (found f K) in E. destruct (f a) as [i|] eqn:Fa; [|eapply IH; eauto].
  simpl in E. destruct l1 as [|i' l1]; injection E as -> E.
  - exists a. rewrite (proj2 (seqb_R (x j) (x j)) eq_refl). auto.
  - pose proof (B i' (or_introl eq_refl)) as Li. destruct (seqb Rscal (x i') (x j)) eqn:Q.
    + apply seqb_R in Q. lra.
    + apply (IH l1 E). intros; apply B; simpl; auto.
Qed.
(* A sum over elements of which only the first hit counts. *)
Fixpoint first_total (hit : idx -> bool) (G : idx -> R) (K : list idx) (taken : bool) : R :=
  match K with
  | [] => 0
  | k :: K => (if hit k && negb taken then G k else 0) + first_total hit G K (taken || hit k)
  end.
Lemma first_total_find hit G K taken : first_total hit G K taken
  = if taken then 0 else match find hit K with Some k => G k | None => 0 end.
Proof.
  revert taken; induction K as [|k K IH]; simpl; intros taken. destruct taken; auto.
  rewrite IH. destruct taken, (hit k); simpl; lra.
Qed.

Section Windows.
Variables (l : list sliding) (S : Forall slides l) (x maximum : tensor) (e : elt).
Notation so := (window_counts l).
Notation elements := (indices (map d_window l)).
(* Element k of window o is there and has the window's maximum. *)
Definition hit (k o : idx) : bool :=
  match tap_at l o k with Some i => seqb Rscal (x i) (maximum o) | None => false end.

(* the i1 value m is the mask b *)
Definition mask_holds L (m : val) (b : idx -> bool) : Prop :=
  snd m = (I1, so) /\ holds L m (fun o => sbool Rscal (b o)).
Definition omask_holds L (m : option val) (b : idx -> bool) : Prop :=
  match m with Some m => mask_holds L m b | None => forall o, b o = false end.
Lemma mask_extends L L' m b : extends L L' -> mask_holds L m b -> mask_holds L' m b.
Proof. intros E [H1 H2]. split; auto. carry. Qed.
Lemma omask_extends L L' m b : extends L L' -> omask_holds L m b -> omask_holds L' m b.
Proof. destruct m; simpl; auto. apply mask_extends. Qed.
Lemma mask_at L m b o : mask_holds L m b -> inb so o = true -> value L m o = sbool Rscal (b o).
Proof. intros [T H] Ho. apply (holds_at L m _ so o H); auto. unfold vshape; rewrite T; auto. Qed.
Lemma mask_ext L m b b' : (forall o, inb so o = true -> b o = b' o) -> mask_holds L m b -> mask_holds L m b'.
Proof.
  intros E [T H]. split; auto. eapply holds_ext; [|exact H]. unfold vshape; rewrite T; simpl. intros o Ho.
  rewrite E; auto.
Qed.

(* Masks combine as truth values. *)
Definition makes_mask (m : build val) L (b : idx -> bool) : Prop :=
  makes m L (I1, so) (fun o => sbool Rscal (b o)).
Lemma makes_and L m m' b b' : mask_holds L m b -> mask_holds L m' b' ->
  makes_mask (emit (Binary And) [m; m'] (I1, so)) L (fun o => b o && b' o).
Proof.
  intros H H'. eapply makes_ext; [|apply makes_emit]. intros o Ho.
  change (sbool Rscal (strue Rscal (value L m o) && strue Rscal (value L m' o)) = sbool Rscal (b o && b' o)).
  rewrite (mask_at _ _ _ _ H Ho), (mask_at _ _ _ _ H' Ho), !strue_sbool. auto.
Qed.
Lemma makes_or L m m' b b' : mask_holds L m b -> mask_holds L m' b' ->
  makes_mask (emit (Binary Or) [m; m'] (I1, so)) L (fun o => b o || b' o).
Proof.
  intros H H'. eapply makes_ext; [|apply makes_emit]. intros o Ho.
  change (sbool Rscal (strue Rscal (value L m o) || strue Rscal (value L m' o)) = sbool Rscal (b o || b' o)).
  rewrite (mask_at _ _ _ _ H Ho), (mask_at _ _ _ _ H' Ho), !strue_sbool. auto.
Qed.
Lemma makes_not L m b : mask_holds L m b ->
  makes_mask (emit (Unary Not) [m] (I1, so)) L (fun o => negb (b o)).
Proof.
  intros H. eapply makes_ext; [|apply makes_emit]. intros o Ho.
  change (sbool Rscal (negb (strue Rscal (value L m o))) = sbool Rscal (negb (b o))).
  rewrite (mask_at _ _ _ _ H Ho), strue_sbool. auto.
Qed.
(* Where the mask is set the value, elsewhere zero. *)
Lemma makes_select L m b v y z t : mask_holds L m b -> holds L v y -> snd v = t -> snd t = so ->
  holds L z (fun _ => 0) -> snd z = t ->
  makes (emit Select [m; v; z] t) L t (fun o => if b o then y o else 0).
Proof.
  intros M H T TS Hz Tz. eapply makes_ext; [|apply makes_emit]. rewrite TS. intros o Ho.
  assert (E : match so with [] => value L m [] | _ => value L m o end = sbool Rscal (b o)).
  { rewrite <- (mask_at _ _ _ _ M Ho). clear - Ho. destruct so; auto. destruct o; auto; discriminate. }
  destruct M as [Tm _]. simpl. rewrite Tm; simpl. unfold sem_select.
  rewrite E, strue_sbool, (holds_at L v y so o H), (holds_at L z _ so o Hz); auto; unfold vshape; congruence.
Qed.

(* ---- the elements k of all windows ---- *)
Lemma makes_elements L k v y e' : inb (map d_window l) k = true -> holds L v y ->
  snd v = (e', map padded_extent l) ->
  makes (emit_elements l k v) L (e', so) (fun o => y (position l o k)).
Proof.
  intros Hk H T. pose proof (inb_length _ _ Hk) as Lk. rewrite map_length in Lk.
  eapply makes_ext; [|eapply (makes_slice L v y _ _ _ e' (map padded_extent l) so); eauto].
  - simpl. intros o Ho. rewrite slice_source_position; auto using inb_counts_length.
  - unfold window_counts. rewrite map_length. apply element_start_length; auto.
  - unfold window_counts. rewrite !map_length. auto.
  - intros o Ho. rewrite slice_source_position by auto using inb_counts_length. apply position_inb; auto.
  - intros A E B. eapply element_limit_all; eauto.
Qed.
Notation padded y filling :=
  (spread (map d_low l) (map (fun s => d_base s - 1)%Z l) (map d_input l) y filling).
Lemma padded_position y f o k : inb so o = true -> inb (map d_window l) k = true ->
  padded y f (position l o k) = match tap_at l o k with Some i => y i | None => f end.
Proof.
  intros Ho Hk. unfold spread. rewrite pad_source_position; auto using inb_counts_length.
  apply inb_length in Hk. rewrite map_length in Hk; auto.
Qed.
Lemma makes_padded L v y d e' : holds L v y -> snd v = (e', map d_input l) ->
  makes (emit_padded l v d) L (e', map padded_extent l) (padded y (sem_decimal Rscal d)).
Proof.
  intros H T. unfold emit_padded. rewrite <- padded_shape_extent. apply makes_pad; auto using pads_base.
  rewrite !map_length; auto.
Qed.

(* ---- the maximum, the padded operand and the mask of what is there ---- *)
Record fm_holds L (f : first_maximum) : Prop := {
  fm_maximum : snd (f_maximum f) = (e, so) /\ holds L (f_maximum f) maximum;
  fm_padded : snd (f_padded f) = (e, map padded_extent l)
    /\ holds L (f_padded f) (padded x (sem_decimal Rscal NegInf));
  fm_valid : match f_valid f with
             | Some v => snd v = (I1, map padded_extent l) /\ holds L v (padded (fun _ => 1) 0)
             | None => forall o k, inb so o = true -> inb (map d_window l) k = true -> tap_at l o k <> None
             end }.
Lemma fm_extends L L' f : extends L L' -> fm_holds L f -> fm_holds L' f.
Proof.
  intros E [[H1 H2] [H3 H4] H5]. split; try (split; auto; carry).
  destruct (f_valid f); auto. destruct H5. split; auto. carry.
Qed.
Lemma wp_first_maximum {Y} L operand m (F : first_maximum -> build Y) Q :
  holds L operand x -> snd operand = (e, map d_input l) -> holds L m maximum -> snd m = (e, so) ->
  (forall f L', extends L L' -> fm_holds L' f -> wp (F f) L' Q) ->
  wp (bind (emit_first_maximum l operand m) F) L Q.
Proof.
  intros H T Hm Tm K. apply wp_bind. unfold emit_first_maximum.
  eapply wp_makes; [apply makes_padded; eauto|]. intros p L1 X1 Tp Hp.
  destruct (pads_nothing _ _ _) eqn:N.
  - apply wp_ret. apply K; auto. split; simpl; auto.
    + split; auto. carry.
    + intros; apply tap_at_all; auto.
  - eapply wp_makes; [apply makes_constant|]. intros o L2 X2 To Ho.
    unfold vshape in To; rewrite T in To; simpl in To.
    eapply wp_makes; [apply (makes_padded _ _ _ _ _ Ho To)|]. intros v L3 X3 Tv Hv.
    rewrite decimal_zero, decimal_one in Hv. pose proof (extends_trans _ _ _ X2 X3) as X.
    pose proof (extends_trans _ _ _ X1 X) as X'. apply wp_ret. apply K; auto. split; simpl; auto.
    + split; auto. apply holds_extends with L; auto.
    + split; auto. apply holds_extends with L1; auto.
Qed.

(* ---- one mask ---- *)
Lemma wp_hit {Y} L f k taken last (T H : idx -> bool) (F : option val * val * val -> build Y) Q :
  fm_holds L f -> inb (map d_window l) k = true -> omask_holds L taken T -> omask_holds L last H ->
  (last = None -> taken = None) ->
  (forall now h m L', extends L L' -> omask_holds L' now (fun o => T o || H o) -> mask_holds L' h (hit k) ->
     mask_holds L' m (fun o => hit k o && negb (T o || H o)) -> wp (F (now, h, m)) L' Q) ->
  wp (bind (emit_hit l f k taken last) F) L Q.
Proof.
  intros [[M1 M2] [P1 P2] V] Hk HT HH TL K. apply wp_bind. unfold emit_hit.
  (* equal *)
  eapply wp_makes; [eapply makes_elements; eauto|]. intros el L1 X1 T1 E1.
  eapply (wp_makes _ _ _ (I1, so) (fun o => sbool Rscal (seqb Rscal (padded x (sem_decimal Rscal NegInf)
    (position l o k)) (maximum o)))).
  { eapply makes_ext; [|apply makes_emit]. simpl. intros o Ho. unfold sem_compare; simpl.
    rewrite (holds_at _ _ _ so o E1) by (auto; unfold vshape; rewrite T1; auto).
    rewrite (holds_at L1 (f_maximum f) maximum so o);
      auto; [carry|unfold vshape; rewrite M1; auto]. }
  intros eq L2 X2 T2 E2.
  (* and valid *)
  eapply (wp_makes _ _ _ (I1, so) (fun o => sbool Rscal (hit k o))).
  { destruct (f_valid f) as [v|].
    - destruct V as [V1 V2].
      eapply makes_bind; [eapply makes_elements; eauto; carry|].
      intros th L3 X3 T3 E3.
      eapply makes_ext; [|apply (makes_and L3 eq th (fun o => seqb Rscal (padded x (sem_decimal Rscal NegInf)
        (position l o k)) (maximum o)) (fun o => is_some (tap_at l o k)))].
      + intros o Ho. simpl. simpl in Ho. rewrite padded_position by auto. unfold hit.
        destruct (tap_at l o k); simpl; rewrite ?andb_true_r, ?andb_false_r; auto.
      + split; auto. carry.
      + split; auto. eapply holds_ext; [|exact E3]. unfold vshape; rewrite T3; simpl. intros o Ho.
        rewrite padded_position by auto. destruct (tap_at l o k); auto.
    - apply makes_ret; auto. eapply holds_ext; [|exact E2]. unfold vshape; rewrite T2; simpl. intros o Ho.
      rewrite padded_position by auto. unfold hit. specialize (V o k Ho Hk).
      destruct (tap_at l o k); auto; congruence. }
  intros h L3 X3 T3 E3. assert (Hh : mask_holds L3 h (hit k)) by (split; auto).
  assert (X : extends L L3) by grows.
  (* or *)
  apply wp_bind.
  eapply wp_mono with (P := fun now L' => extends L3 L' /\ omask_holds L' now (fun o => T o || H o)).
  { destruct taken as [t|], last as [a|].
    - eapply wp_makes; [apply makes_or; eapply mask_extends; eauto|]. intros n L4 X4 T4 E4.
      apply wp_ret. split; auto. split; auto.
    - specialize (TL eq_refl). discriminate.
    - apply wp_ret. split. apply extends_refl. simpl in *. eapply mask_extends; eauto.
      eapply mask_ext; [|exact HH]. intros o _. rewrite HT; auto.
    - apply wp_ret. split. apply extends_refl. simpl in *. intros o. rewrite HT, HH; auto. }
  intros now L4 [X4 Hn]. destruct now as [t|].
  - eapply wp_makes; [apply makes_not; exact Hn|]. intros n L5 X5 T5 E5.
    eapply wp_makes; [apply makes_and; [eapply mask_extends; [|exact Hh]; grows|split; eauto]|].
    intros m L6 X6 T6 E6. assert (X46 : extends L4 L6) by grows.
    apply wp_ret. apply K; [grows| | |].
    + eapply omask_extends; eauto.
    + do 2 (eapply mask_extends; eauto).
    + split; auto.
  - apply wp_ret. assert (Hh' : mask_holds L4 h (hit k)) by (eapply mask_extends; eauto).
    apply K; auto. grows.
    eapply mask_ext; [|exact Hh']. intros o _. rewrite Hn. rewrite andb_true_r; auto.
Qed.

(* ---- all masks: the sum over the elements of what the term makes of their masks ---- *)
Variables (L0 : list tensor) (t : ty) (term : idx -> val -> build val) (V : idx -> (idx -> bool) -> tensor).
Hypothesis term_makes : forall L k m b, extends L0 L -> inb (map d_window l) k = true -> mask_holds L m b ->
  makes (term k m) L t (V k b).
Fixpoint hits_total (K : list idx) (taken : idx -> bool) : tensor :=
  match K with
  | [] => tz
  | k :: K => fun i =>
      V k (fun o => hit k o && negb (taken o)) i + hits_total K (fun o => taken o || hit k o) i
  end.
(* nothing stands for zero *)
Definition sum_holds L (s : option val) (y : tensor) : Prop :=
  match s with Some v => snd v = t /\ holds L v y | None => forall i, inb (snd t) i = true -> y i = 0 end.
Lemma sum_ext_holds L s y y' : (forall i, inb (snd t) i = true -> y i = y' i) ->
  sum_holds L s y -> sum_holds L s y'.
Proof.
  intros E. destruct s as [v|]; simpl.
  - intros [Tv H]. split; auto. eapply holds_ext; [|exact H]. unfold vshape; rewrite Tv; auto.
  - intros H i Hi. rewrite <- E; auto.
Qed.
Lemma wp_hits K : forall L f taken last sum T H y (Q : option val -> list tensor -> Prop),
  extends L0 L -> fm_holds L f -> (forall k, In k K -> inb (map d_window l) k = true) ->
  omask_holds L taken T -> omask_holds L last H -> (last = None -> taken = None) -> sum_holds L sum y ->
  (forall s L', extends L L' ->
     sum_holds L' s (fun i => y i + hits_total K (fun o => T o || H o) i) -> Q s L') ->
  wp (emit_hits l f term t K taken last sum) L Q.
Proof.
  induction K as [|k K IH]; intros L f taken last sum T H y Q X0 Hf HK HT HH TL Hs C.
  - apply wp_ret, C. apply extends_refl. apply sum_ext_holds with y; auto. intros i _. simpl. unfold tz. lra.
  - simpl. eapply wp_hit; eauto. { apply HK; simpl; auto. }
    intros now h m L1 X1 Hn Hh Hm. simpl.
    eapply wp_makes; [apply term_makes; [grows|apply HK; simpl; auto|exact Hm]|].
    intros v L2 X2 Tv Hv. assert (X02 : extends L L2) by grows.
    pose (y' := fun i => y i + V k (fun o => hit k o && negb (T o || H o)) i).
    apply (wp_makes _ _ _ t y').
    { destruct sum as [s|].
      - destruct Hs as [Ts Hs]. eapply makes_ext; [|apply makes_emit]. simpl. intros i Hi.
        rewrite (holds_at L2 s y (snd t) i), (holds_at L2 v _ (snd t) i Hv);
          auto; unfold vshape; try congruence. carry.
      - apply makes_ret; auto. eapply holds_ext; [|exact Hv]. unfold vshape; rewrite Tv; simpl.
        intros i Hi. unfold y'. rewrite (Hs i Hi). lra. }
    intros s L3 X3 Ts Es. assert (X03 : extends L L3) by grows.
    assert (X13 : extends L1 L3) by grows.
    apply (IH L3 f now (Some h) (Some s) (fun o => T o || H o) (hit k) y').
    + grows.
    + eapply fm_extends; [|exact Hf]; auto.
    + intros; apply HK; simpl; auto.
    + eapply omask_extends; eauto.
    + simpl. eapply mask_extends; eauto.
    + discriminate.
    + split; auto.
    + intros s' L4 X4 E4. apply C. grows. eapply sum_ext_holds; [|exact E4].
      intros i _. simpl. unfold y'. lra.
Qed.
End Windows.
