(* Reverse mode is exact: what the walk emits computes the gradient of the loss. *)
From Coq Require Import Reals ZArith List Bool PArith FMapPositive Lra Lia FunctionalExtensionality.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve Ops.OpProof
  Autodiff.Prog Autodiff.Walk Autodiff.Network Autodiff.Sound Autodiff.Backward.
Import ListNotations.
Open Scope R_scope.

(* ---- an elaborated network is well-formed ---- *)
Definition type_in (G : PM.t ty) (x : positive) : ty :=
  match PM.find x G with Some t => t | None => (F32, []) end.
Definition extends (G G' : PM.t ty) := forall x t, PM.find x G = Some t -> PM.find x G' = Some t.
(* V are the ids in G, all below n *)
Definition numbered_by (G : PM.t ty) (n : positive) (V : list positive) : Prop :=
  NoDup V /\ (forall x, In x V <-> exists t, PM.find x G = Some t) /\ (forall x, In x V -> (x < n)%positive).

(* The next number may be given out. *)
Lemma numbered_add G n V t : numbered_by G n V ->
  numbered_by (PM.add n t G) (Pos.succ n) (n :: V) /\ extends G (PM.add n t G).
Proof.
  intros (I1 & I2 & I3). assert (NI : ~ In n V) by (intros H; specialize (I3 n H); lia).
  split; [split; [|split]|].
  - constructor; auto.
  - intros x. simpl. destruct (Pos.eq_dec x n) as [->|NE].
    + rewrite PM.gss. split; eauto.
    + rewrite PM.gso by auto. rewrite <- I2. intuition congruence.
  - intros x [<-|H]. lia. specialize (I3 x H). lia.
  - intros x t' H. destruct (Pos.eq_dec x n) as [->|NE].
    + exfalso; apply NI, I2; eauto.
    + rewrite PM.gso; auto.
Qed.
(* lookup_all finds the type of every identifier. *)
Lemma lookup_all_spec G l ts : lookup_all G l = Some ts -> Forall2 (fun a t => PM.find a G = Some t) l ts.
Proof.
  revert ts; induction l as [|a l IH]; simpl; intros ts H.
  - injection H as <-. constructor.
  - destruct (PM.find a G) eqn:F; [|discriminate]. destruct (lookup_all G l); [|discriminate].
    injection H as <-. constructor; auto.
Qed.

(* The conditions that forward_ok checks of every instruction. *)
Definition related (act cone : positive -> bool) (i : instr) : Prop :=
  act (res i) = tfloat (rty i) && existsb act (args i)
  /\ (cone (res i) = true -> forall a, In a (args i) -> cone a = true).

(* An elaborated body is well-formed. *)
Lemma elaborate_sound act cone body : forall G n V p G' n', numbered_by G n V ->
  elaborate G n body = Some (p, G', n') -> Forall (related act cone) p ->
  wfP (type_in G') act cone V p /\ numbered_by G' n' (defs V p) /\ extends G G' /\ (n <= n')%positive.
Proof.
  induction body as [|[[o aa] nm] body IH]; simpl; intros G n V p G' n' NB H RL.
  - injection H as <- <- <-. simpl. repeat split; try apply NB; auto; try lia. intros x t; auto.
  - destruct (lookup_all G aa) as [ts|] eqn:LA; [|discriminate].
    destruct (infer o ts) as [t|] eqn:IN; [|discriminate].
    destruct (elaborate (PM.add n t G) (Pos.succ n) body) as [[[q G1] m]|] eqn:EL; [|discriminate].
    injection H as <- <- <-. inversion RL as [|? ? [R1 R2] RL']; subst.
    destruct (numbered_add G n V t NB) as (NB' & EX).
    destruct (IH _ _ _ _ _ _ NB' EL RL') as (J1 & J2 & J3 & J4).
    assert (E2 : extends G G1) by (intros x s Hx; apply J3, EX; auto).
    simpl in R1, R2. simpl.
    assert (FA : Forall2 (fun a s => In a V /\ type_in G1 a = s) aa ts).
    { apply lookup_all_spec in LA. clear - LA E2 NB. destruct NB as (_ & I2 & _).
      induction LA; constructor; auto. split. apply I2; eauto. unfold type_in. rewrite (E2 _ _ H); auto. }
    assert (NI : ~ In n V) by (destruct NB as (_ & _ & I3); intros Hx; specialize (I3 _ Hx); lia).
    assert (TN : type_in G1 n = t) by (unfold type_in; rewrite (J3 n t); auto; apply PM.gss).
    repeat split; auto; try apply J2; try lia.
Qed.

(* Inputs are numbered one after the other. *)
Lemma number_sound l : forall n G V, numbered_by G n V ->
  let ins := number n l in
  numbered_by (add_inputs ins G) (after n l) (rev (map fst ins) ++ V) /\ extends G (add_inputs ins G)
  /\ (forall x, In x ins -> PM.find (fst x) (add_inputs ins G) = Some (in_type x))
  /\ NoDup (map fst ins).
Proof.
  induction l as [|[nm t] l IH]; intros n G V NB; simpl.
  - repeat split; try apply NB; try tauto. intros x t; auto. constructor.
  - unfold in_type at 1; simpl. destruct (numbered_add G n V t NB) as (NB' & EX).
    destruct (IH _ _ _ NB') as (J1 & J2 & J3 & J4).
    change (add_inputs ((n, (nm, t)) :: number (Pos.succ n) l) G)
      with (add_inputs (number (Pos.succ n) l) (PM.add n t G)).
    rewrite <- app_assoc. simpl. repeat split; auto; try apply J1.
    + intros x s Hx. apply J2, EX; auto.
    + intros x [<-|Hx]; simpl; auto. apply J2, PM.gss.
    + constructor; auto. destruct J1 as (ND & _ & _). clear - ND.
      intros Hn. apply in_rev in Hn. revert ND. generalize (rev (map fst (number (Pos.succ n) l))) Hn. clear.
      induction l as [|a l IH]; simpl; intros Hn ND; [tauto|]. inversion ND; subst.
      destruct Hn as [->|Hn]; auto. apply H1, in_app_iff; simpl; auto.
Qed.

(* ---- the loss along a curve ---- *)
(* A curve through e whose parameters move differentiably with tangent d, while the statistics and the batch
   stay. *)
Definition smooth_curve (f : forward) (e : renv) (g : R -> renv) (d : renv) : Prop :=
  g 0 = e
  /\ (forall x, In x (f_params f) -> forall o, Der (fun s => g s (fst x) o) (d (fst x) o))
  /\ (forall x, In x (f_stats f ++ f_batch f) -> (forall s, g s (fst x) = e (fst x)) /\ d (fst x) = tz).
(* The loss, a scalar, as a function of the arguments. *)
Definition loss (f : forward) (e : renv) : R := reval (f_prog f) e (f_loss f) [].
(* What the emitted code computes for the parameter x. *)
Definition gradient (f : forward) (s : bst) (e : renv) (x : positive) : tensor :=
  match PM.find x (ctm s) with Some c => reval (f_prog f ++ rev (code s)) e c | None => tz end.
(* The side conditions at e in the direction d. *)
Definition smooth_at (f : forward) (e d : renv) : Prop :=
  okP (mem (f_active f)) (mem (f_cone f)) (f_prog f) e d.

(* A sum of zeros. *)
Lemma sum_zero {X} (f : X -> R) l : (forall x, In x l -> f x = 0) -> Sum f l = 0.
Proof. intros H. rewrite (sum_ext _ (fun _ => 0) l H). apply sum_0. Qed.

(* What the checks and the elaboration give, once and for all. *)
Record forward_facts (n : network) (f : forward) (V : list positive) : Prop := Facts {
  ff_inputs : Permutation.Permutation V (map fst (f_params f) ++ map fst (f_stats f ++ f_batch f));
  ff_wf : wfP (type_in (f_types f)) (mem (f_active f)) (mem (f_cone f)) V (f_prog f);
  ff_nodup : NoDup V;
  ff_below : forall x, In x (defs V (f_prog f)) -> (x < f_next f)%positive;
  ff_defined : forall x, In x (defs V (f_prog f)) <-> exists t, PM.find x (f_types f) = Some t;
  ff_params : forall x, In x (f_params f) ->
    type_in (f_types f) (fst x) = in_type x /\ tfloat (in_type x) = true /\ mem (f_active f) (fst x) = true;
  ff_batch : forall x, In x (f_stats f ++ f_batch f) -> mem (f_active f) (fst x) = false;
  ff_loss : In (f_loss f) (defs V (f_prog f)) /\ tfloat (loss_type f) = true /\ snd (loss_type f) = []
            /\ type_in (f_types f) (f_loss f) = loss_type f /\ mem (f_cone f) (f_loss f) = true;
  ff_bounds : all_bounds_ok (mem (f_active f)) (f_prog f) = true }.

(* The checks establish these facts. *)
Theorem forward_ok_facts n f : elaborated n = Some f -> forward_ok f = true ->
  exists V, forward_facts n f V.
Proof.
  intros EL OK. unfold elaborated in EL.
  destruct (elaborate (inputs_of n) (first_of n) (net_body n)) as [[[p G] nx]|] eqn:E; [|discriminate].
  injection EL as <-. unfold forward_ok in OK. simpl in OK. rewrite !andb_true_iff in OK.
  destruct OK as (((((O1 & O2) & O3) & O4) & O5) & O6).
  assert (NB0 : numbered_by (PM.empty ty) 1 []).
  { repeat split; simpl; try tauto. constructor. intros (t & Ht). rewrite PM.gempty in Ht; discriminate. }
  destruct (number_sound (net_params n) _ _ _ NB0) as (P1 & P2 & P3 & P4).
  destruct (number_sound (net_stats n) _ _ _ P1) as (S1 & S2 & _ & _).
  destruct (number_sound (net_batch n) _ _ _ S1) as (B1 & B2 & _ & _).
  fold (params_of n) (stats_of n) (batch_of n) in *. fold (inputs_of n) in B1. fold (first_of n) in B1.
  rewrite app_nil_r in B1.
  set (params := params_of n) in *.
  set (V := rev (map fst (batch_of n)) ++ rev (map fst (stats_of n)) ++ rev (map fst params)) in *.
  set (act := mem (activity p (add_all (map fst params) (PM.empty unit)))) in *.
  set (cone := mem (cone_of p (net_loss n))) in *.
  assert (RL : Forall (related act cone) p).
  { apply Forall_forall. intros i Hi. rewrite forallb_forall in O5. specialize (O5 i Hi).
    unfold instr_ok in O5. simpl in O5. rewrite !andb_true_iff in O5. destruct O5 as ((Q1 & Q2) & _).
    split. apply Bool.eqb_prop; auto. intros C a Ha. fold cone in Q2. rewrite C in Q2. simpl in Q2.
    rewrite forallb_forall in Q2; auto. }
  destruct (elaborate_sound act cone _ _ _ _ _ _ _ B1 E RL) as (W1 & (W2 & W3 & W4) & W5 & W6).
  assert (TP : forall x, In x params -> type_in G (fst x) = in_type x).
  { intros x Hx. unfold type_in. rewrite (W5 _ (in_type x)); auto. }
  exists V. constructor; simpl; auto.
  - unfold V. rewrite <- !rev_app_distr, map_app, app_assoc.
    apply Permutation.Permutation_sym, Permutation.Permutation_rev.
  - destruct B1; auto.
  - intros x Hx. rewrite forallb_forall in O1. specialize (O1 x Hx). apply andb_prop in O1 as [? ?].
    split; auto.
  - intros x Hx. rewrite forallb_forall in O2. specialize (O2 x Hx). apply negb_true_iff in O2. auto.
  - destruct (PM.find (net_loss n) G) as [t|] eqn:F; [|discriminate]. apply andb_prop in O3 as [O3 O3'].
    unfold loss_type, type_in; simpl. rewrite F. repeat split; auto.
    apply W3; eauto. destruct (snd t); auto; discriminate.
Qed.

(* The gradient theorem. *)
Theorem reverse_mode_exact n f s e g d :
  elaborated n = Some f -> forward_ok f = true -> backward f = Some s ->
  smooth_curve f e g d -> (forall x, mem (f_active f) x = false -> d x = tz) -> smooth_at f e d ->
  Der (fun t => loss f (g t))
      (Sum (fun x => dotp (snd (in_type x)) (gradient f s e (fst x)) (d (fst x))) (f_params f)).
Proof.
  intros EL OK BW (G0 & CP & CB) ST K. destruct (forward_ok_facts n f EL OK) as (V & FF).
  destruct FF as [IP W ND LT DF PA BA (LD & LF & LS & LTy & LC) BO].
  set (act := mem (f_active f)) in *. set (cone := mem (f_cone f)) in *. set (p := f_prog f) in *.
  assert (INV : forall x, In x V -> In x (map fst (f_params f)) \/ In x (map fst (f_stats f ++ f_batch f))).
  { intros x Hx. apply in_app_iff. eapply Permutation.Permutation_in; eauto. }
  assert (FO : forall x, In x V -> act x = true -> tfloat (type_in (f_types f) x) = true).
  { intros x Hx Ax. destruct (INV x Hx) as [H|H]; apply in_map_iff in H as (y & <- & Hy).
    - destruct (PA y Hy) as (-> & ? & _); auto.
    - rewrite (BA y Hy) in Ax; discriminate. }
  assert (FL : forall x, In x V -> cone x = true -> follows act x (fun t => g t x) (d x)).
  { intros x Hx _. unfold follows. destruct (INV x Hx) as [H|H]; apply in_map_iff in H as (y & <- & Hy).
    - destruct (PA y Hy) as (_ & _ & A). rewrite A. apply CP; auto.
    - rewrite (BA y Hy). destruct (CB y Hy) as (C1 & C2). split; auto.
      apply near_true. intros t. rewrite !C1; auto. }
  set (E := reval p e). set (T := snd (jeval act p (e, d))).
  assert (L : Der (fun t => loss f (g t)) (T (f_loss f) [])).
  { unfold T. rewrite <- G0. assert (K' : okP act cone p (g 0) d) by (rewrite G0; apply K).
    pose proof (forward_sound _ act cone p V g d W K' FO FL (f_loss f) LD LC) as F.
    unfold follows in F. destruct (act (f_loss f)). apply F.
    destruct F as [F1 F2]. rewrite F1. apply Der_const_near. unfold loss. fold p.
    revert F2; apply near_imp. intros t Ht. rewrite Ht; auto. }
  assert (S0 : sound (type_in (f_types f)) cone E (f_next f)
                 (seed (f_names f) (f_next f) (f_loss f) (loss_type f))).
  { unfold seed. destruct (name_contribution _ _ _) as [nm c]. split; [|split]; simpl; try lia.
    - intros x Hx. unfold values; simpl. unfold step. apply upd_neq. simpl; lia.
    - intros x y H. destruct (Pos.eq_dec x (f_loss f)) as [->|NE].
      + rewrite PM.gss in H. injection H as <-. rewrite LTy. split; [lia|]. split; auto.
      + rewrite PM.gso, PM.gempty in H by auto. discriminate. }
  assert (P0 : total (type_in (f_types f)) E T (defs V p)
                 (seed (f_names f) (f_next f) (f_loss f) (loss_type f)) = T (f_loss f) []).
  { set (sd := seed _ _ _ _). unfold total.
    rewrite (sum_change (fun _ => 0) (paired (type_in (f_types f)) E T sd) (defs V p) (f_loss f)).
    - rewrite sum_0. unfold paired, sd, seed. destruct (name_contribution _ _ _) as [nm c]. simpl.
      rewrite PM.gss, LTy, LS, dotp_scalar. unfold values; simpl. unfold step; simpl. rewrite upd_eq.
      unfold sem. rewrite LS. simpl. unfold sem_decimal; simpl. lra.
    - clear - W ND. revert V W ND. induction p as [|i q IH]; simpl; intros V W ND; auto.
      destruct W as (_ & _ & NI & _ & _ & _ & W). apply (IH (res i :: V)); auto. constructor; auto.
    - auto.
    - intros x NE. unfold paired, sd, seed. destruct (name_contribution _ _ _) as [nm c]. simpl.
      rewrite PM.gso, PM.gempty by auto. auto. }
  destruct (sweep_sound _ act cone (f_names f) E T (f_next f) (T (f_loss f) []) p V e d _ s W ND K BO LT
              (fun _ _ => eq_refl) (fun _ _ => eq_refl) FO (fun x _ => ST x) BW S0 P0) as (_ & TS).
  eapply Der_eq; [exact L|]. rewrite <- TS. unfold total.
  rewrite (sum_perm _ _ _ IP), sum_app, !sum_map.
  rewrite (sum_zero (fun x => paired _ E T s (fst x)) (f_stats f ++ f_batch f)).
  - rewrite Rplus_0_r. apply sum_ext. intros x Hx. unfold paired, gradient.
    destruct (PA x Hx) as (-> & _ & _).
    assert (TX : T (fst x) = d (fst x)).
    { unfold T. apply (jeval_frame _ _ _ _ _ (e, d) _ W).
      eapply Permutation.Permutation_in. apply Permutation.Permutation_sym; eauto.
      apply in_app_iff; left. apply in_map; auto. }
    rewrite TX. destruct (PM.find (fst x) (ctm s)) as [c|].
    + rewrite eval_app. fold p E. rewrite evalr_eval. auto.
    + rewrite <- (dotp_0_l (snd (in_type x)) (d (fst x))). auto.
  - intros x Hx. unfold paired. destruct (PM.find (fst x) (ctm s)); auto.
    assert (TX : T (fst x) = tz).
    { unfold T. rewrite (jeval_frame _ _ _ _ _ (e, d) _ W). apply CB; auto.
      eapply Permutation.Permutation_in. apply Permutation.Permutation_sym; eauto.
      apply in_app_iff; right. apply in_map; auto. }
    rewrite TX. apply dotp_tz_r.
Qed.
