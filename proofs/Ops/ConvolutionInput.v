(* What the instructions of a convolution's cotangents compute. *)
From Coq Require Import Reals ZArith List Bool Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve.
From Pullback Require Import Base.Axes Ops.Source Ops.Regroup Ops.ConvolutionGeometry Ops.ConvolutionAdjoint.
From Pullback Require Import Ops.TemplateProof Ops.BilinearProof.
Import ListNotations.

(* ---- reverse ---- *)
Lemma reverse_source_nothing s k : inb s k = true -> reverse_source s [] k = k.
Proof.
  intros H. apply znth_ext. rewrite reverse_source_length; symmetry; apply inb_length; auto.
  intros a Ha. unfold axis_of in Ha. rewrite reverse_source_length in Ha.
  rewrite reverse_source_znth; auto.
Qed.
(* The order of the reversed axes does not matter. *)
Lemma reverse_source_ascending s l k : reverse_source s (ascending l) k = reverse_source s l k.
Proof.
  unfold reverse_source. apply map_ext. intros a. replace (memz a (ascending l)) with (memz a l); auto.
  apply eq_true_iff_eq. rewrite !memz_in. symmetry; apply in_ascending.
Qed.
(* Reversed or not, element k comes from kernel_source k. *)
Lemma reverse_kernel_leaves n x t c reversal L f : n = length L -> (x < length L)%nat ->
  (forall k, inb (snd t) k = true -> nth x L tz k = f k) ->
  leaves (reverse_kernel n x t c reversal) (snd t) L (fun k => f (kernel_source c (snd t) reversal k)).
Proof.
  intros Hn Hx Hf. unfold reverse_kernel, kernel_source. destruct (reversed_axes _ _ _ _) as [|a l] eqn:E.
  - apply leaves_nothing; auto. intros k Hk. rewrite reverse_source_nothing; auto.
  - rewrite <- E. apply leaves_instr; auto. intros k Hk. destruct t as [e s]. simpl map.
    rewrite sem_in by auto. cbn [t_op t_ats t_rty map sem0 snd]. rewrite reverse_source_ascending.
    apply Hf, reverse_source_inb; auto.
Qed.

(* ---- regroup ---- *)
Lemma regroup_leaves n x e s a c groups L f : n = length L -> (x < length L)%nat ->
  (0 <= a < rank s)%Z -> (0 <= c < rank s)%Z -> a <> c -> (0 < groups)%Z -> (znth s a mod groups = 0)%Z ->
  (forall k, inb s k = true -> nth x L tz k = f k) ->
  leaves (regroup n x (e, s) a c groups) (regroup_shape s a c groups) L
    (fun j => f (regroup_source s a c groups j)).
Proof.
  intros Hn Hx Ha Hc AC G D Hf. unfold regroup.
  destruct (((znth s a / groups =? 1) && (znth s c =? 1))%bool) eqn:Q.
  - apply andb_prop in Q as [Q1 Q2]. apply Z.eqb_eq in Q1. apply Z.eqb_eq in Q2.
    apply leaves_nothing; auto. intros j J.
    destruct (regroup_nothing s a c groups Ha Hc AC G D j J Q1 Q2) as [E1 E2].
    rewrite E2. apply Hf. rewrite <- E1; auto.
  - set (split := split_shape s a groups). set (swap := regroup_swap (rank s) a c).
    set (r := T (Reshape split) _ _ _). set (t := T (Transpose swap) _ _ _).
    set (m := T (Reshape _) _ _ _). split; simpl snd; simpl fst. simpl; lia.
    intros j J. simpl teval. set (L1 := tstep L r). set (L2 := tstep L1 t).
    assert (N1 : length L1 = S n) by (unfold L1, tstep; rewrite app_length; simpl; lia).
    assert (N2 : length L2 = S (S n)) by (unfold L2, tstep; rewrite app_length; simpl; lia).
    destruct (regroup_apart s a c groups Ha Hc AC G D j J) as [_ I].
    pose proof (regroup_moves s a c groups Ha Hc AC G D j J) as M. fold split swap in I, M.
    rewrite <- N2 at 1. rewrite nth_tstep. cbn [m t_op t_ats t_rty t_args map]. rewrite sem_in by auto.
    cbn [sem0 map snd]. rewrite <- N1 at 1. unfold L2. rewrite nth_tstep.
    cbn [t t_op t_ats t_rty t_args map]. rewrite sem_in by auto. cbn [sem0 map snd].
    rewrite Hn at 1. unfold L1. rewrite nth_tstep. cbn [r t_op t_ats t_rty t_args map].
    rewrite sem_in by (apply transpose_source_inb; auto; apply regroup_swap_permutation; auto).
    cbn [sem0 map snd]. rewrite M. apply Hf. apply regroup_source_inb; auto.
Qed.

(* ---- the two cotangents ---- *)
Section Cotangents.
  Variables (c : conv) (e : elt) (sx sk : shape) (L : list tensor).
  Hypotheses (K : conv_ok c sx sk) (Ln : length L = 4%nat).
  Notation so := (conv_shape c sx sk).
  Notation sk1 := (input_kernel_shape c sk).

  (* A convolution of input and cotangent, reversed where the window is. *)
  Lemma kernel_cotangent_makes : piece_makes (kernel_cotangent c (e, sx) (e, sk) (e, so)) sk L
    (fun k => bilapp sx so (conv_rel (kernel_adjoint c sx sk) sx so) (nth 0 L tz) (nth 3 L tz)
                (kernel_source c sk true k)).
  Proof.
    intros E n Hn. unfold kernel_cotangent. cbn [snd].
    set (product := T _ _ _ _).
    set (f := bilapp sx so (conv_rel (kernel_adjoint c sx sk) sx so) (nth 0 L tz) (nth 3 L tz)).
    assert (P : leaves (reverse_kernel (S n) n (e, sk) c true) sk (teval [product] (L ++ E))
                  (fun k => f (kernel_source c sk true k))).
    { apply (reverse_kernel_leaves (S n) n (e, sk)). rewrite teval_length; simpl; lia.
      rewrite teval_length; simpl; lia.
      intros k Hk. rewrite Hn. simpl teval. rewrite nth_tstep. cbn [product t_op t_ats t_rty t_args map].
      rewrite !app_nth1 by lia. rewrite sem_in by auto. reflexivity. }
    destruct (reverse_kernel (S n) n (e, sk) c true) as [last k].
    apply (leaves_after [product] (last, k)). auto.
  Qed.

  (* The kernel, regrouped where there are groups. *)
  Lemma regrouped_kernel_leaves E n : n = length (L ++ E) ->
    leaves (if grouped c then regroup n 1 (e, sk) (c_kernel_output (c_dims c)) (c_kernel_input (c_dims c))
                                (Z.max (c_features c) (c_batches c)) else ([], 1%nat))
      sk1 (L ++ E) (fun k => nth 1 L tz (input_kernel_source c sk k)).
  Proof.
    intros Hn. destruct (kernel_axes c sx sk K) as (_ & _ & _ & D & Ro & Ri & _).
    assert (H : forall k, nth 1 (L ++ E) tz k = nth 1 L tz k) by (intros; rewrite app_nth1 by lia; auto).
    unfold input_kernel_shape, input_kernel_source. destruct (grouped c).
    - apply regroup_leaves; auto. rewrite app_length; lia.
      apply (groups_positive c sx sk K). apply (groups_divide_outputs c sx sk K).
    - apply leaves_nothing; auto. rewrite app_length; lia.
  Qed.
  (* A convolution of the cotangent with the reversed kernel, regrouped from batch groups. *)
  Lemma input_cotangent_makes : piece_makes (input_cotangent c (e, sx) (e, sk) (e, so)) sx L
    (fun i => bilapp so sk1 (conv_rel (input_adjoint c sx sk) so sk1) (nth 3 L tz)
       (fun k' => nth 1 L tz (input_kernel_source c sk (kernel_source c sk1 false k')))
       (input_result_source c sx i)).
  Proof.
    intros E n Hn. unfold input_cotangent. cbn [fst snd].
    replace (if grouped c then (e, regroup_shape sk (c_kernel_output (c_dims c)) (c_kernel_input (c_dims c))
      (Z.max (c_features c) (c_batches c))) else (e, sk)) with (e, sk1)
      by (unfold input_kernel_shape; destruct (grouped c); auto).
    pose proof (regrouped_kernel_leaves E n Hn) as P1.
    match type of P1 with leaves ?p _ _ _ => destruct p as [first k1] end.
    destruct P1 as [B1 V1]. cbn [fst snd] in B1, V1. set (L1 := teval first (L ++ E)) in *.
    assert (N1 : length L1 = (n + length first)%nat) by (unfold L1; rewrite teval_length; lia).
    pose proof (reverse_kernel_leaves (n + length first) k1 (e, sk1) c false L1 _ (eq_sym N1)
      ltac:(lia) V1) as P2. cbn [snd] in P2.
    destruct (reverse_kernel (n + length first) k1 (e, sk1) c false) as [second k2].
    destruct P2 as [B2 V2]. cbn [fst snd] in B2, V2. set (L2 := teval second L1) in *.
    rewrite app_length, Nat.add_assoc. set (n3 := (n + length first + length second)%nat).
    assert (N2 : length L2 = n3) by (unfold L2; rewrite teval_length; lia).
    assert (C : nth 3 L2 tz = nth 3 L tz).
    { unfold L2, L1. rewrite !teval_nth by (rewrite ?teval_length, app_length; lia). apply app_nth1; lia. }
    set (g := bilapp so sk1 (conv_rel (input_adjoint c sx sk) so sk1) (nth 3 L tz)
      (fun k' => nth 1 L tz (input_kernel_source c sk (kernel_source c sk1 false k')))).
    assert (V : forall rs j, inb rs j = true ->
      nth n3 (tstep L2 (T (Convolution (input_adjoint c sx sk)) [3%nat; k2] [(e, so); (e, sk1)] (e, rs))) tz j
      = g j).
    { intros rs j J. rewrite <- N2. rewrite nth_tstep. cbn [t_op t_ats t_rty t_args map].
      rewrite sem_in by auto. apply bilapp_ext; auto. intros; rewrite C; auto. }
    unfold input_result_source, input_result_shape. destruct (Z.eqb_spec (c_batches c) 1) as [|NB].
    - apply (leaves_after first (second ++ _, n3)), (leaves_after second ([_], n3)).
      fold L1 L2. apply leaves_instr; auto. intros i Hi. rewrite <- (V sx i Hi), <- N2, nth_tstep. auto.
    - destruct (input_axes c sx sk K) as (_ & _ & D & Rb & Rf & _).
      pose proof (groups_positive c sx sk K) as G. pose proof (groups_divide_batch c sx sk K NB) as Dv.
      set (groups := Z.max _ _) in *. set (rs := regroup_shape sx _ _ groups) in *.
      set (adjoint := T _ _ _ _). set (L3 := tstep L2 adjoint).
      assert (N3 : length L3 = S n3) by (unfold L3, tstep; rewrite app_length; simpl; lia).
      assert (Rr : rank rs = rank sx) by (apply rank_regroup_shape; auto).
      pose proof (regroup_leaves (S n3) n3 e rs (c_input_batch (c_dims c)) (c_input_feature (c_dims c)) groups
        L3 g (eq_sym N3) ltac:(lia) ltac:(lia) ltac:(lia) D G
        (regrouped_divides sx _ _ groups Rb Rf D G Dv) (V rs)) as P4.
      unfold rs at 2 in P4. rewrite regroup_shape_back in P4 by auto.
      destruct (regroup (S n3) n3 (e, rs) _ _ groups) as [last k4].
      apply (leaves_after first (second ++ _, k4)), (leaves_after second (adjoint :: last, k4)).
      apply (leaves_after [adjoint] (last, k4)). auto.
  Qed.
End Cotangents.
